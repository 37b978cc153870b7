// What each side found at a delta: read off what Python told, which asked hashing at some thresholds ahead.

// Photos within delta. Exact where all are here, and at the delta that Python was asked with; else at least so many.
function totalAt(data, i, delta) {
  if (Math.abs(delta - data.sides[i].delta) < 0.001) return data.totals[i];
  return data.within[Math.round(delta * 100)] ?? data.within.at(-1);
}

// {total, n: all that the side found, missed: ids within delta that it did not find}
function foundAt(data, i, delta) {
  const total = totalAt(data, i, delta);
  const { asked } = data.sides[i];
  if (!asked.length) return { total, n: total, missed: new Set() };
  const nearest = asked.find((one) => one.delta >= delta - 0.001) ?? asked.at(-1);
  const missed = nearest.missedSet ?? (nearest.missedSet = new Set(nearest.missed));
  if (Math.abs(nearest.delta - delta) < 0.001) return { total, n: nearest.n, missed };
  const lost = data.photos.filter((photo) => photo.angle <= delta && missed.has(photo.id)).length;
  return { total, n: total - lost, missed };
}

// As the pages write shares: only the whole is called 100 %.
function percentOf(share) {
  const value = 100 * share;
  if (value > 0 && value < 0.1) return "under 0.1 %";
  if (value > 99 && value < 100) return `${Math.min(value, 99.9).toFixed(1)} %`;
  if (value < 10 && value !== Math.round(value)) return `${value.toFixed(1)} %`;
  return `${Math.round(value)} %`;
}

function photosOf(says, n) {
  return n === 1 ? says.one : says.many.replace("{n}", n.toLocaleString("en"));
}

// The verdict in one sentence. found: of both sides; both: photos that both found; delta: of the left side.
function verdictOf(data, found, both, delta) {
  const { says, sides, nearest } = data;
  const [left, right] = found;
  const words = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const values = {
    left: sides[0].title,
    right: sides[1].title,
    found: left.n.toLocaleString("en"),
    total: photosOf(says, right.total),
    percent: right.total ? percentOf(left.n / right.total) : "",
  };
  if (!isComparable(data)) {
    const only = { onlyLeft: (left.n - both).toLocaleString("en"), onlyRight: (right.n - both).toLocaleString("en") };
    const counts = { a: photosOf(says, left.n), b: photosOf(says, right.n), both: both.toLocaleString("en") };
    return words(says.compare, { ...values, ...counts, ...only });
  }
  if (!right.total) return words(says.nothing, { delta: delta.toFixed(2), nearest });
  if (left.n < right.total) return words(says.some, values);
  return words(right.total === 1 ? says.only : says.all, values);
}

// Whether the right side is the whole truth for the left one.
function isComparable(data) {
  return data.sides[1].plan === "exhaustive" && data.rightDelta === null;
}
