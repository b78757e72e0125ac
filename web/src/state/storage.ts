/** Safe access to `localStorage`, which may be full, blocked or edited by hand. Reads return null; writes return whether they worked. */

export function load<T>(key: string, valid: (value: unknown) => value is T): T | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? 'null')
    return valid(value) ? value : null
  } catch {
    return null
  }
}

export function save(key: string, value: unknown): boolean {
  try {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify(value))
    return true
  } catch {
    return false
  }
}

export const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'
export const isText = (value: unknown): value is string => typeof value === 'string'

/** Removes the user's drafts and unsent messages. The theme, the language and the keyboard settings stay. */
export function removeUserData(): void {
  try {
    for (const key of Object.keys(localStorage)) if (/^soma\.(draft\.|outbox\.|shared(\.opened)?$)/.test(key)) localStorage.removeItem(key)
    sessionStorage.clear()
  } catch {
    // Storage is blocked, so it holds nothing.
  }
}
