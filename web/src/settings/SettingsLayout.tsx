import './settings-layout.css'
import { ArrowLeft } from 'lucide-react'
import { Suspense, useEffect } from 'react'
import { Link, useLocation } from 'wouter'
import { NotFound } from '../app/NotFound.tsx'
import { auth } from '../state/auth.ts'
import { useSignal } from '../state/signal.ts'
import { Boundary, Broken } from '../ui/Boundary.tsx'
import { Skeleton } from '../ui/parts.tsx'
import { pages } from './pages.ts'

const root = '/settings'

/** Everything that is not a conversation: a list of pages at the left, tabs on a phone. */
export default function AdminLayout() {
  const [path] = useLocation()
  const who = useSignal(auth)
  const me = who.kind === 'in' || who.kind === 'expired' ? who.me : null
  const isAdmin = me?.role === 'owner' || me?.role === 'admin'
  const shown = pages.filter(({ admins }) => !admins || isAdmin)
  const name = path.slice(root.length + 1) || 'account'
  const page = pages.find((one) => one.path === name)
  useArrival(page?.label)
  return (
    <div className="admin" data-testid="admin">
      <nav aria-label="Settings">
        <Link href="/" className="side-action admin-back">
          <ArrowLeft aria-hidden /> <span>Conversations</span>
        </Link>
        <div className="admin-pages">
          {(['You', 'Tenant'] as const).map((group) => {
            const list = shown.filter((one) => one.group === group)
            return list.length === 0 ? null : (
              <div key={group} className="admin-group">
                <h2 className="admin-group-name">{group === 'Tenant' ? (me?.tenant ?? group) : group}</h2>
                {list.map(({ path: to, label, Icon }) => (
                  <Link key={to} href={`${root}/${to}`} className="side-action" aria-current={to === name ? 'page' : undefined}>
                    <Icon aria-hidden /> {label}
                  </Link>
                ))}
              </div>
            )
          })}
        </div>
      </nav>
      {page ? (
        <Boundary key={page.path} fallback={<Broken />}>
          <Suspense fallback={<Skeleton />}>
            <page.Page />
            <Arrival />
          </Suspense>
        </Boundary>
      ) : (
        <NotFound />
      )}
    </div>
  )
}

/** Another page: its title, and the tab of it brought into view. */
function useArrival(label: string | undefined): void {
  useEffect(() => {
    document.title = label ? `${label} · Soma` : 'Soma'
    document.querySelector('.admin nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [label])
}

/** Moves the focus to the heading of a page that was gone to, once it has come; the page that was opened first has it nowhere. */
function Arrival() {
  useEffect(() => {
    if (arrived) document.querySelector<HTMLElement>('.admin main h1')?.focus({ preventScroll: true })
    arrived = true
  }, [])
  return null
}

let arrived = false
