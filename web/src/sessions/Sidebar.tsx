import { PanelLeftClose, Search, SquarePen, UserRound } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { go, newChat } from '../navigation/go.ts'
import { mod } from '../navigation/keys.ts'
import { auth } from '../state/auth.ts'
import { drawer, overlay, toggleSidebar } from '../state/overlay.ts'
import { refresh } from '../state/sessions.ts'
import { refreshShared, type SharedSession } from '../state/shared.ts'
import { useSignal } from '../state/signal.ts'
import { showToast } from '../state/toast.ts'
import { sessions as strings } from '../strings/sessions.ts'
import { Logo } from '../ui/Logo.tsx'
import { loadPart } from '../ui/load-part.ts'
import { SessionList } from './SessionList.tsx'

/** How often an open page looks for new shares. Milliseconds. */
const sharesMs = 60_000

/** Tells the user of a conversation that another user has shared. */
function notifyOfShare({ session_id, title, owner }: SharedSession): void {
  const path = `/c/${session_id}`
  // The user is there already, by the link.
  if (location.pathname === path) return
  const run = () => go(path)
  showToast(strings.sidebar.shared({ owner, title: title || strings.untitled }), 'info', {
    action: { label: strings.sidebar.openButton, run },
  })
}

/** The list of conversations: beside the thread on a wide screen, a drawer on a narrow one. */
export function Sidebar({ current }: { readonly current: string | null }) {
  const open = useSignal(drawer)
  const user = useSignal(auth)
  const aside = useRef<HTMLElement>(null)

  useEffect(() => {
    if (user.kind === 'offline')
      void loadPart(() => import('../offline/list.ts'))
        .then(({ listSaved }) => listSaved(user.me))
        .catch(() => undefined)
    if (user.kind !== 'in') return
    const load = () => {
      void refresh()
      void refreshShared(notifyOfShare)
    }
    load()
    const onVisible = () => document.visibilityState === 'visible' && load()
    document.addEventListener('visibilitychange', onVisible)
    const timer = setInterval(() => document.visibilityState === 'visible' && void refreshShared(notifyOfShare), sharesMs)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', onVisible)
    }
  }, [user])

  useDrawer(open, aside)
  const me = 'me' in user ? user.me : null
  return (
    <>
      {open && <button type="button" className="scrim" aria-label={strings.sidebar.close} onClick={() => drawer.set(false)} />}
      <aside ref={aside} className="sidebar" data-open={open} aria-label={strings.sidebar.label} data-testid="sidebar">
        <header>
          <Logo />
          <button type="button" className="quiet icon only-narrow" aria-label={strings.sidebar.close} onClick={() => drawer.set(false)}>
            <PanelLeftClose aria-hidden />
          </button>
          <button
            type="button"
            className="quiet icon only-wide"
            aria-label={strings.sidebar.hide}
            title={strings.sidebar.hideHint({ keys: `${mod()} B` })}
            onClick={() => {
              toggleSidebar()
              requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-testid="show-sidebar"]')?.focus())
            }}
            data-testid="hide-sidebar"
          >
            <PanelLeftClose aria-hidden />
          </button>
        </header>
        <div className="sidebar-actions">
          <button type="button" className="side-action" onClick={newChat} data-testid="new-chat">
            <SquarePen aria-hidden />
            {strings.sidebar.newChat}
          </button>
          <button type="button" className="side-action" onClick={() => overlay.set({ kind: 'palette' })} data-testid="open-palette">
            <Search aria-hidden />
            {strings.sidebar.search}
            <kbd>{mod()} K</kbd>
          </button>
        </div>
        <SessionList current={current} />
        <footer>
          <button
            type="button"
            className="side-action"
            aria-haspopup="menu"
            data-testid="account"
            onClick={(event) => overlay.set({ kind: 'account-menu', anchor: event.currentTarget })}
          >
            <UserRound aria-hidden />
            <span className="account-name">
              {me?.subject}
              <small>{me?.tenant}</small>
            </span>
          </button>
        </footer>
      </aside>
    </>
  )
}

/** Moves the focus into the open drawer and back when it closes. Escape closes it. */
function useDrawer(open: boolean, aside: { readonly current: HTMLElement | null }): void {
  useEffect(() => {
    if (!open) return
    const before = document.activeElement
    aside.current?.querySelector<HTMLElement>('button')?.focus()
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || overlay.get() !== null) return
      event.preventDefault()
      drawer.set(false)
    }
    document.addEventListener('keydown', press)
    return () => {
      document.removeEventListener('keydown', press)
      if (before instanceof HTMLElement && before.isConnected && document.activeElement?.closest('.sidebar')) before.focus()
    }
  }, [open, aside])
}
