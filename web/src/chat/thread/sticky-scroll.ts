/** Closer to the end than this counts as being at the end. */
const atEndPx = 4
/** Farther from the end than this, “Jump to latest” shows. */
const farPx = 200
/** A pin ends after this many frames without a correction: a busy browser gives turns their real heights late. */
const quietFrames = 30
/** The most frames of a pin, where its place cannot be reached. */
const maxPinnedFrames = 180

/** A turn, and where its top stays, in pixels of the window. */
interface Pin {
  readonly turn: HTMLElement
  readonly top: number
}

const pinOf = (turn: HTMLElement): Pin => ({ turn, top: turn.getBoundingClientRect().top })

/**
 * Keeps the end of a growing thread in view. The reader releases it by wheel, touch, keys or scroll bar; growth never
 * does. Scrolling back to the end holds it again.
 */
export class StickyScroll {
  readonly #box: HTMLElement
  readonly #onFar: (far: boolean) => void
  readonly #stop = new AbortController()
  readonly #sizes: ResizeObserver
  #isHeld = true
  #far = false
  #top = 0
  #room = 0
  /** The pin that corrects itself. A newer one replaces it. */
  #pinned: Pin | null = null

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
    return this.#isHeld
  }

  /** Call after any change of the thread: scrolls to the end while it is held. */
  settle(): void {
    // The reader may have scrolled already while the scroll event is still pending.
    if (this.#movedUp()) this.#hold(false)
    if (this.#isHeld) this.#jump()
    this.#reportFar()
  }

  /** Scrolls to the end and holds it. */
  toEnd(): void {
    this.#hold(true)
    this.#jump()
    this.#reportFar()
  }

  /** Keeps the view in its place while content is added above `first`, the first turn. Call the result after the change. */
  keep(first: HTMLElement): () => void {
    const { turn, top } = this.#pinned ?? pinOf((this.#isHeld ? null : this.#firstInView()) ?? first)
    return () => {
      if (!this.#isHeld) return this.#pin(turn, top)
      this.#box.scrollTop += turn.getBoundingClientRect().top - top
      this.#savePosition()
    }
  }

  /** The first turn in view, and its top below the top of the box, in pixels; null: the end is held. */
  place(): { readonly turnId: string; readonly offset: number } | null {
    if (this.#isHeld) return null
    // A pinned turn may be off its place for a frame.
    const first = this.#pinned === null ? this.#firstInView() : null
    const pin = this.#pinned ?? (first && pinOf(first))
    if (!pin?.turn.dataset.turn) return null
    return { turnId: pin.turn.dataset.turn, offset: pin.top - this.#box.getBoundingClientRect().top }
  }

  /** Scrolls until the top of a turn is `offset` pixels below the top of the box. */
  toTurn(turnId: string, offset: number): void {
    const turn = this.#box.querySelector<HTMLElement>(`[data-turn="${CSS.escape(turnId)}"]`)
    if (turn === null) return
    this.#hold(false)
    this.#pin(turn, this.#box.getBoundingClientRect().top + offset)
  }

  /**
   * Keeps the top of `turn` at `top`, in pixels of the window. Turns that were never in view have an estimated height until they are near,
   * so it corrects itself until they stay as they are. A reader who scrolls meanwhile goes first. The browser's scroll anchoring would look like one.
   */
  #pin(turn: HTMLElement, top: number): void {
    let scrolledTo = this.#box.scrollTop
    const pin: Pin = { turn, top }
    this.#pinned = pin
    this.#box.style.overflowAnchor = 'none'
    const correct = (frame: number, quiet: number) => {
      if (this.#pinned !== pin || this.#stop.signal.aborted || this.#isHeld) return
      if (this.#box.scrollTop !== scrolledTo) return this.#unpin()
      const shift = turn.getBoundingClientRect().top - top
      this.#box.scrollTop += shift
      scrolledTo = this.#box.scrollTop
      this.#savePosition()
      this.#reportFar()
      const quietNow = Math.abs(shift) < 1 ? quiet + 1 : 0
      if (quietNow < quietFrames && frame < maxPinnedFrames) requestAnimationFrame(() => correct(frame + 1, quietNow))
      else this.#unpin()
    }
    correct(0, 0)
  }

  #firstInView(): HTMLElement | null {
    const { top } = this.#box.getBoundingClientRect()
    for (const turn of this.#box.querySelectorAll<HTMLElement>('[data-turn]')) if (turn.getBoundingClientRect().bottom > top) return turn
    return null
  }

  #unpin(): void {
    this.#pinned = null
    this.#box.style.overflowAnchor = ''
  }

  dispose(): void {
    this.#stop.abort()
    this.#sizes.disconnect()
  }

  #jump(): void {
    if (this.#distance() > 0) this.#box.scrollTop = this.#box.scrollHeight
    this.#savePosition()
  }

  #release(): void {
    if (this.#box.scrollTop > 0) this.#hold(false)
  }

  #scrolled(): void {
    if (this.#movedUp()) this.#hold(false)
    if (!this.#isHeld && this.#distance() <= atEndPx && this.#box.scrollTop > this.#top) this.#hold(true)
    this.#savePosition()
    this.#reportFar()
  }

  /**
   * Whether the reader moved up, by scroll bar, find-in-page or focus. A thread that shrank does not count. A box that changed its height
   * does not count either, as for an on-screen keyboard.
   */
  #movedUp(): boolean {
    return this.#box.scrollTop < this.#top - 1 && this.#box.clientHeight === this.#room && this.#distance() > atEndPx
  }

  #hold(held: boolean): void {
    this.#isHeld = held
    this.#pinned = null
    // While the end is held, the browser's own scroll anchoring must not move the thread.
    this.#box.style.overflowAnchor = held ? 'none' : ''
  }

  #savePosition(): void {
    this.#top = this.#box.scrollTop
    this.#room = this.#box.clientHeight
  }

  #distance(): number {
    return this.#box.scrollHeight - this.#box.clientHeight - this.#box.scrollTop
  }

  #reportFar(): void {
    const far = !this.#isHeld && this.#distance() > farPx
    if (far === this.#far) return
    this.#far = far
    this.#onFar(far)
  }
}
