import { lazy, Suspense, useEffect } from 'react'
import { auth } from '../state/auth.ts'
import { useSignal } from '../state/signal.ts'
import { overlay } from './overlay.ts'

const load = {
  palette: () => import('./Palette.tsx'),
  keys: () => import('./ShortcutsDialog.tsx'),
  remove: () => import('../sessions/DeleteDialog.tsx'),
  share: () => import('../sessions/ShareDialog.tsx'),
  sessionMenu: () => import('../sessions/SessionMenu.tsx'),
  turnMenu: () => import('../chat/TurnMenu.tsx'),
  accountMenu: () => import('./AccountMenu.tsx'),
  expired: () => import('../app/ExpiredDialog.tsx'),
}
const Palette = lazy(load.palette)
const KeysDialog = lazy(load.keys)
const DeleteDialog = lazy(load.remove)
const ShareDialog = lazy(load.share)
const SessionMenu = lazy(load.sessionMenu)
const TurnMenu = lazy(load.turnMenu)
const AccountMenu = lazy(load.accountMenu)
const ExpiredDialog = lazy(load.expired)

/** One after the other, up to the first that fails: then there is no network, and what is opened asks again by itself. */
async function fetchAll(): Promise<void> {
  for (const fetchPart of Object.values(load)) await fetchPart()
}

/** Dialogs and menus. None is part of the first load; all are fetched once the page has come to rest, so that they open at once. */
export function Overlays() {
  const open = useSignal(overlay)
  const who = useSignal(auth)
  useEffect(() => {
    const timer = setTimeout(() => void fetchAll().catch(() => undefined), 1_500)
    return () => clearTimeout(timer)
  }, [])
  return (
    <Suspense fallback={null}>
      {open?.kind === 'palette' && <Palette />}
      {open?.kind === 'keys' && <KeysDialog />}
      {open?.kind === 'delete' && <DeleteDialog {...open} />}
      {open?.kind === 'share' && <ShareDialog {...open} />}
      {open?.kind === 'session-menu' && <SessionMenu {...open} />}
      {open?.kind === 'turn-menu' && <TurnMenu {...open} />}
      {open?.kind === 'account-menu' && <AccountMenu {...open} />}
      {who.kind === 'expired' && <ExpiredDialog methods={who.methods} />}
    </Suspense>
  )
}
