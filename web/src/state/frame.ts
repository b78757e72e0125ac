/** A hidden page gets no animation frames. Work that has waited this long runs without one. Milliseconds. */
const latestMs = 120

let due: (() => void)[] = []
/** How often due work has run. */
let runs = 0
let isWatched = false

/** Runs `work` once, at the next animation frame, or within twice `latestMs`. One timer watches all work: a timer per frame costs more. */
export function nextFrame(work: () => void): void {
  due.push(work)
  if (due.length === 1) requestAnimationFrame(run)
  watch()
}

function run(): void {
  const works = due
  due = []
  runs += 1
  for (const work of works) work()
}

function watch(): void {
  if (isWatched) return
  isWatched = true
  const before = runs
  setTimeout(() => {
    isWatched = false
    if (due.length === 0) return
    if (runs === before) run()
    else watch()
  }, latestMs)
}
