import { useCallback, useSyncExternalStore } from 'react'
import type { Turn } from '../../../../shared/client/turn.ts'
import type { Outline, ThreadStore } from '../../state/thread-store.ts'

/** Subscribes to one turn, so that a token renders only its own turn. */
export function useTurn(store: ThreadStore, id: string): Turn | undefined {
  const subscribe = useCallback((listener: () => void) => store.subscribe(id, listener), [store, id])
  return useSyncExternalStore(subscribe, () => store.turn(id))
}

export function useOutline(store: ThreadStore): Outline {
  const subscribe = useCallback((listener: () => void) => store.subscribe('', listener), [store])
  return useSyncExternalStore(subscribe, store.outline)
}

/** The outline of the shown conversation; `null` in a new chat. */
export function useMaybeOutline(store: ThreadStore | null): Outline | null {
  const subscribe = useCallback((listener: () => void) => store?.subscribe('', listener) ?? (() => undefined), [store])
  return useSyncExternalStore(subscribe, () => store?.outline() ?? null)
}
