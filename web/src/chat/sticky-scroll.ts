/**
 * Keeps the end of a growing thread in view until its reader looks elsewhere. Only people let go of the end, by wheel, touch,
 * keys or the scroll bar; growth never does, however sudden. Being back at the end takes hold again.
 */
const atEndPx = 4
/** Further from the end than this, a button offers the way back. */
const farPx = 200

export class StickyScroll {
  readonly #box: HTMLElement
  readonly #onFar: (far: boolean) => void
  readonly #stop = new AbortController()
  readonly #sizes: ResizeObserver
  #held = true
  #far = false
  #top = 0
  #room = 0

  constructor(box: HTMLElement, content: HTMLElement, onFar: (far: boolean) => void) {
    this.#box = box
    this.#onFar = onFar
    const { signal } = this.#stop
    const passive = { signal, passive: true }
    box.addEventListener('scroll', () => this.#scrolled(), passive)
    box.addEventListener('wheel', (event) => event.deltaY < 0 && this.#release(), passive)
    box.addEventListener('touchmove', () => this.#distance() > atEndPx && this.#release(), passive)
    box.addEventListener('keydown', (event) => /^(ArrowUp|PageUp|Home)$/.test(event.key) && this.#release(), { signal })
    this.#sizes = new ResizeObserver(() => this.settle())
    this.#sizes.observe(content)
    this.#sizes.observe(box)
    this.toEnd()
  }

  get held(): boolean {
    return this.#held
  }

  /** After any change of the thread: back to the end if it is held. */
  settle(): void {
    // Somebody may have scrolled an instant ago, and the event that says so is still to come.
    if (this.#movedUp()) this.#hold(false)
    if (this.#held) this.#jump()
    this.#reportFar()
  }

  /** Takes hold of the end. */
  toEnd(): void {
    this.#hold(true)
    this.#jump()
    this.#reportFar()
  }

  /** Runs `change`, which adds above, and keeps `anchor` where it is on the screen. Call the result after the page has changed. */
  keep(anchor: HTMLElement): () => void {
    const before = anchor.getBoundingClientRect().top
    return () => {
      this.#box.scrollTop += anchor.getBoundingClientRect().top - before
      this.#note()
    }
  }

  dispose(): void {
    this.#stop.abort()
    this.#sizes.disconnect()
  }

  #jump(): void {
    if (this.#distance() > 0) this.#box.scrollTop = this.#box.scrollHeight
    this.#note()
  }

  #release(): void {
    if (this.#box.scrollTop > 0) this.#hold(false)
  }

  #scrolled(): void {
    if (this.#movedUp()) this.#hold(false)
    if (!this.#held && this.#distance() <= atEndPx && this.#box.scrollTop > this.#top) this.#hold(true)
    this.#note()
    this.#reportFar()
  }

  /**
   * Moving up is somebody's doing (the scroll bar, find-in-page, the focus), unless the thread shrank and took us along, to its
   * new end, or its box changed, as it does when a keyboard comes up.
   */
  #movedUp(): boolean {
    return this.#box.scrollTop < this.#top - 1 && this.#box.clientHeight === this.#room && this.#distance() > atEndPx
  }

  #hold(held: boolean): void {
    this.#held = held
    // While the end is held nobody else may move the thread, the browser's own anchoring least of all.
    this.#box.style.overflowAnchor = held ? 'none' : ''
  }

  #note(): void {
    this.#top = this.#box.scrollTop
    this.#room = this.#box.clientHeight
  }

  #distance(): number {
    return this.#box.scrollHeight - this.#box.clientHeight - this.#box.scrollTop
  }

  #reportFar(): void {
    const far = !this.#held && this.#distance() > farPx
    if (far === this.#far) return
    this.#far = far
    this.#onFar(far)
  }
}
