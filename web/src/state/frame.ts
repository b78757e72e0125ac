/** Latest run of the work: a hidden page gets no animation frames. */
const latestMs = 120

/** Runs `work` once, at the next animation frame or after `latestMs`. */
export function nextFrame(work: () => void): void {
  const run = () => {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
    work()
  }
  const frame = requestAnimationFrame(run)
  const timer = setTimeout(run, latestMs)
}
