/** `localStorage` that may be full, blocked or edited by hand: reading finds nothing, writing says whether it worked. */

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

export const isText = (value: unknown): value is string => typeof value === 'string'
