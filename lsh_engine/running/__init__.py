"""Where long work runs: jobs, each in a process of its own that outlives who started it.

`jobs` starts, stops and lists them; `job` is what is known of one, in small files; `worker` is the life of the process,
`tasks` what it does; `slots` lets a few of them work at a time.
"""
