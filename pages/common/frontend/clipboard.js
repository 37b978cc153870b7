// A picture from the clipboard: by the button, or by Ctrl+V anywhere on the page. Sent as base64; Python looks at it.

const MOST = 12 * 1024 * 1024; // bytes; a larger one is sent as JPEG, so that it fits in a message

async function small(file) {
  if (file.size <= MOST) return file;
  const bitmap = await createImageBitmap(file);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
}

function base64(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(file);
  });
}

async function fromClipboard() {
  for (const item of await navigator.clipboard.read()) {
    const type = item.types.find((name) => name.startsWith("image/"));
    if (type) return item.getType(type);
  }
  return null;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const button = parentElement.querySelector("button");
  const note = parentElement.querySelector("[role=status]");
  button.hidden = !data.button;

  const send = async (file) => {
    note.textContent = "";
    try {
      const sent = await small(file);
      if (!sent || sent.size > MOST) throw new Error("too large");
      setTriggerValue("picture", await base64(sent));
    } catch {
      note.textContent = "The clipboard holds no picture that can be sent: save it as a file and upload that.";
    }
  };

  button.onclick = async () => {
    let file;
    try {
      file = await fromClipboard();
    } catch {
      note.textContent = "The browser does not hand out the clipboard: press Ctrl+V (on a Mac ⌘V).";
      return;
    }
    if (file) await send(file);
    else note.textContent = "The clipboard holds no picture: copy one first.";
  };

  const onPaste = (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    send(file);
  };
  if (data.listen) document.addEventListener("paste", onPaste);
  return () => document.removeEventListener("paste", onPaste);
}
