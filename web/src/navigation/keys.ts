/** Keyboard shortcuts. Single keys do nothing while the user types, and can be switched off. */
import { useEffect } from 'react'
import { overlay, toggleSidebar } from '../state/overlay.ts'
import { signal } from '../state/signal.ts'
import { isFlag, load, save } from '../state/storage.ts'
import { navigation } from '../strings/navigation.ts'
import { focusComposer, newChat } from './go.ts'

export const singleKeys = signal(load('soma.single-keys', isFlag) ?? true)
singleKeys.subscribe(() => save('soma.single-keys', singleKeys.get()))

export const isMac = /Mac|iPhone|iPad/.test(navigator.platform)
/** The name of the key that commands start with. */
export const mod = (): string => (isMac ? '⌘' : navigation.keys.control)

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

export function useKeys(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.isComposing || event.defaultPrevented) return
      const withMod = isMac ? event.metaKey : event.ctrlKey
      if (withMod && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        overlay.set((open) => (open?.kind === 'palette' ? null : { kind: 'palette' }))
      } else if (withMod && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'b' && isOnChat()) {
        event.preventDefault()
        toggleSidebar()
      } else if (event.key === 'Tab' && !withMod && !event.altKey) {
        skipTurns()
      } else if (withMod && event.shiftKey && event.key.toLowerCase() === 'o') {
        event.preventDefault()
        newChat()
      } else if (event.altKey && !withMod && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
        if (focusTurn(event.key === 'ArrowUp' ? -1 : 1)) event.preventDefault()
      } else if (!withMod && !event.altKey && singleKeys.get() && !typing(event.target) && overlay.get() === null) {
        if (event.key === '/') {
          event.preventDefault()
          focusComposer()
        } else if (event.key === '?') {
          event.preventDefault()
          overlay.set({ kind: 'keys' })
        }
      }
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [])
}

/** Moves the focus to the previous or next turn; from outside the thread, to the latest. */
function focusTurn(step: -1 | 1): boolean {
  const turns = [...document.querySelectorAll<HTMLElement>('[data-turn]')]
  const index = turns.findIndex((turn) => turn.contains(document.activeElement))
  const next = index < 0 ? turns.at(-1) : turns[Math.min(turns.length - 1, Math.max(0, index + step))]
  next?.focus({ preventScroll: true })
  // A long turn is read from its start.
  next?.scrollIntoView({ block: 'start' })
  return next !== undefined
}

const isOnChat = (): boolean => document.querySelector('.shell') !== null

/** The turn that Tab visits: the one that had the focus last. */
let visited: HTMLElement | undefined

/** Lets Tab visit the controls of one turn only. All other turns are inert while the browser moves the focus. */
function skipTurns(): void {
  const turns = [...document.querySelectorAll<HTMLElement>('[data-turn]')]
  const focused = turns.find((turn) => turn.contains(document.activeElement))
  visited = focused ?? (visited?.isConnected ? visited : turns.at(-1))
  const others = turns.filter((turn) => turn !== visited)
  for (const turn of others) turn.inert = true
  setTimeout(() => {
    for (const turn of others) turn.inert = false
  })
}
