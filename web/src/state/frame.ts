/** A hidden page gets no animation frames, and must keep up all the same. */
const latestMs = 120

/** Does `work` once, with the next frame of the screen or soon after. */
export function nextFrame(work: () => void): void {
  const run = () => {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
    work()
  }
  const frame = requestAnimationFrame(run)
  const timer = setTimeout(run, latestMs)
}
