/** Moves the focus in a menu, within the event of the key. Radix moves it in a timer, so a quick second key would reach the item before. */

/** A search ends after this time without a key. Milliseconds. */
const searchMs = 1_000

/** The letters that were typed so far. `at`: the time of the last one, on the clock of events. */
export interface Search {
  readonly text: string
  readonly at: number
}

/** The search after `key`. Null: the key does not search. A space continues a search and does not begin one. */
export function continueSearch(search: Search, key: string, at: number): Search | null {
  const text = at - search.at < searchMs ? search.text : ''
  if ([...key].length !== 1 || (key === ' ' && text === '')) return null
  return { text: text + key, at }
}

/** The index of the item that begins with `search`, from `current` on and around. One letter, also repeated, moves on. -1: none. */
export function findItem(texts: readonly string[], current: number, search: string): number {
  const wanted = [...search].every((letter) => letter === search[0]) ? search.slice(0, 1) : search
  const start = Math.max(current + (wanted.length === 1 ? 1 : 0), 0)
  const order = texts.map((_, offset) => (start + offset) % texts.length)
  return order.find((index) => texts[index]?.toLocaleLowerCase().startsWith(wanted.toLocaleLowerCase())) ?? -1
}

/** The index of the item that an arrow, Home or End leads to. Null: another key. */
export function moveTo(key: string, current: number, count: number): number | null {
  if (key === 'ArrowDown') return Math.min(current + 1, count - 1)
  if (key === 'ArrowUp') return current < 0 ? count - 1 : Math.max(current - 1, 0)
  if (key === 'Home') return 0
  return key === 'End' ? count - 1 : null
}

const nothing: Search = { text: '', at: Number.NEGATIVE_INFINITY }

/** A listener for the keys of one menu, in the capture phase. True: the key moved the focus, or searched. */
export function menuKeys(): (menu: HTMLElement, event: KeyboardEvent) => boolean {
  let search = nothing
  return (menu, { key, timeStamp, ctrlKey, altKey, metaKey }) => {
    if (ctrlKey || altKey || metaKey) return false
    const items = [...menu.querySelectorAll<HTMLElement>('[role^="menuitem"]:not([data-disabled])')]
    const current = items.indexOf(document.activeElement as HTMLElement)
    const moved = moveTo(key, current, items.length)
    if (moved !== null) {
      search = nothing
      items[moved]?.focus()
      return true
    }
    const next = continueSearch(search, key, timeStamp)
    if (next === null) return false
    search = next
    const texts = items.map((item) => item.textContent?.trim() ?? '')
    items[findItem(texts, current, next.text)]?.focus()
    return true
  }
}
