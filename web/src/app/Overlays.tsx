import { lazy, Suspense, useEffect } from 'react'
import { auth } from '../state/auth.ts'
import { useSignal } from '../state/signal.ts'
import { overlay } from './overlay.ts'

const load = {
  palette: () => import('../overlays/Palette.tsx'),
  keys: () => import('../overlays/KeysDialog.tsx'),
  remove: () => import('../overlays/DeleteDialog.tsx'),
  share: () => import('../overlays/ShareDialog.tsx'),
  sessionMenu: () => import('../overlays/SessionMenu.tsx'),
  turnMenu: () => import('../overlays/TurnMenu.tsx'),
  accountMenu: () => import('../overlays/AccountMenu.tsx'),
  expired: () => import('../overlays/ExpiredDialog.tsx'),
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
