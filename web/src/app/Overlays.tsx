import { Suspense, useEffect } from 'react'
import { auth } from '../state/auth.ts'
import { overlay } from '../state/overlay.ts'
import { useSignal } from '../state/signal.ts'
import { lazyPage } from '../ui/lazy-part.tsx'

const load = {
  palette: () => import('../navigation/Palette.tsx'),
  keys: () => import('../navigation/ShortcutsDialog.tsx'),
  share: () => import('../sessions/ShareDialog.tsx'),
  context: () => import('../sessions/ContextDialog.tsx'),
  approvals: () => import('../chat/calls/ApprovalsDialog.tsx'),
  sessionMenu: () => import('../sessions/SessionMenu.tsx'),
  choiceMenu: () => import('../chat/composer/ChoiceMenu.tsx'),
  turnMenu: () => import('../chat/turn/TurnMenu.tsx'),
  importReport: () => import('../sessions/ImportReport.tsx'),
  accountMenu: () => import('../navigation/AccountMenu.tsx'),
  expired: () => import('./ExpiredDialog.tsx'),
}
const Palette = lazyPage(load.palette)
const ShortcutsDialog = lazyPage(load.keys)
const ShareDialog = lazyPage(load.share)
const ContextDialog = lazyPage(load.context)
const ApprovalsDialog = lazyPage(load.approvals)
const SessionMenu = lazyPage(load.sessionMenu)
const ChoiceMenu = lazyPage(load.choiceMenu)
const TurnMenu = lazyPage(load.turnMenu)
const ImportReport = lazyPage(load.importReport)
const AccountMenu = lazyPage(load.accountMenu)
const ExpiredDialog = lazyPage(load.expired)

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
      {open?.kind === 'context' && <ContextDialog {...open} />}
      {open?.kind === 'approvals' && <ApprovalsDialog {...open} />}
      {open?.kind === 'session-menu' && <SessionMenu {...open} />}
      {open?.kind === 'choice-menu' && <ChoiceMenu {...open} />}
      {open?.kind === 'turn-menu' && <TurnMenu {...open} />}
      {open?.kind === 'import-report' && <ImportReport {...open} />}
      {open?.kind === 'account-menu' && <AccountMenu {...open} />}
      {user.kind === 'expired' && <ExpiredDialog methods={user.methods} />}
    </Suspense>
  )
}
