import { lazy, Suspense, useEffect } from 'react'
import { auth } from '../state/auth.ts'
import { overlay } from '../state/overlay.ts'
import { useSignal } from '../state/signal.ts'

const load = {
  palette: () => import('../navigation/Palette.tsx'),
  keys: () => import('../navigation/ShortcutsDialog.tsx'),
  share: () => import('../sessions/ShareDialog.tsx'),
  sessionMenu: () => import('../sessions/SessionMenu.tsx'),
  choiceMenu: () => import('../chat/ChoiceMenu.tsx'),
  turnMenu: () => import('../chat/TurnMenu.tsx'),
  importReport: () => import('../sessions/ImportReport.tsx'),
  accountMenu: () => import('../navigation/AccountMenu.tsx'),
  expired: () => import('./ExpiredDialog.tsx'),
}
const Palette = lazy(load.palette)
const ShortcutsDialog = lazy(load.keys)
const ShareDialog = lazy(load.share)
const SessionMenu = lazy(load.sessionMenu)
const ChoiceMenu = lazy(load.choiceMenu)
const TurnMenu = lazy(load.turnMenu)
const ImportReport = lazy(load.importReport)
const AccountMenu = lazy(load.accountMenu)
const ExpiredDialog = lazy(load.expired)

let hasTooltips = false

/** Loads one part after the other, and stops at the first failure. An overlay loads its own code when it opens. */
async function fetchAll(): Promise<void> {
  const { startTooltips } = await import('../ui/tooltips.ts')
  if (!hasTooltips) startTooltips()
  hasTooltips = true
  for (const fetchPart of Object.values(load)) await fetchPart()
}

/** Dialogs and menus. Their code loads after the first paint, so that they open without a wait. */
export function Overlays() {
  const open = useSignal(overlay)
  const user = useSignal(auth)
  useEffect(() => {
    const timer = setTimeout(() => void fetchAll().catch(() => undefined), 1_500)
    return () => clearTimeout(timer)
  }, [])
  return (
    <Suspense fallback={null}>
      {open?.kind === 'palette' && <Palette />}
      {open?.kind === 'keys' && <ShortcutsDialog />}
      {open?.kind === 'share' && <ShareDialog {...open} />}
      {open?.kind === 'session-menu' && <SessionMenu {...open} />}
      {open?.kind === 'choice-menu' && <ChoiceMenu {...open} />}
      {open?.kind === 'turn-menu' && <TurnMenu {...open} />}
      {open?.kind === 'import-report' && <ImportReport {...open} />}
      {open?.kind === 'account-menu' && <AccountMenu {...open} />}
      {user.kind === 'expired' && <ExpiredDialog methods={user.methods} />}
    </Suspense>
  )
}
