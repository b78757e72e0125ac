import { Suspense } from 'react'
import { useLocation, useRoute } from 'wouter'
import { ChatPage } from '../chat/ChatPage.tsx'
import { useKeys } from '../navigation/keys.ts'
import { Sidebar } from '../sessions/Sidebar.tsx'
import { auth } from '../state/auth.ts'
import { overlay, sidebarShown } from '../state/overlay.ts'
import { useSignal } from '../state/signal.ts'
import { showToast } from '../state/toast.ts'
import { app } from '../strings/app.ts'
import { useLanguage } from '../strings/language.ts'
import { Boundary, PageError } from '../ui/Boundary.tsx'
import { LiveRegion } from '../ui/LiveRegion.tsx'
import { lazyPage } from '../ui/lazy-part.tsx'
import { PageWait } from '../ui/PageWait.tsx'
import { Toasts } from '../ui/Toasts.tsx'
import { useViewportHeight } from '../ui/viewport.ts'
import { NotFound } from './NotFound.tsx'
import { Overlays } from './Overlays.tsx'
import { Unavailable } from './Unavailable.tsx'
import { useAuthRetry } from './use-auth-retry.ts'

/** A dialog's code loads when it opens. Without a network, or after a deploy, that can fail. */
const onChunkError = () => {
  overlay.set(null)
  showToast(app.partFailed, 'error')
}

const DocsPage = lazyPage(() => import('../docs/DocsPage.tsx'))
const SettingsLayout = lazyPage(() => import('../settings/SettingsLayout.tsx'))
const NeedsMfa = lazyPage(() => import('../mfa/NeedsMfa.tsx'))
const SignIn = lazyPage(() => import('./SignIn.tsx'))

export function App() {
  useViewportHeight()
  useLanguage()
  const [path] = useLocation()
  return (
    <>
      <Boundary fallback={<PageError />}>
        <Suspense fallback={<PageWait />}>{path === '/docs' ? <Docs /> : <Gate />}</Suspense>
      </Boundary>
      <LiveRegion />
      <Toasts />
    </>
  )
}

/** The API reference is public. Keys and dialogs are there for signed-in users only. */
function Docs() {
  const { kind } = useSignal(auth)
  return (
    <>
      <DocsPage />
      {kind === 'in' && <Overlaid />}
    </>
  )
}

/** Shows the app to a signed-in user. An expired session only opens a dialog over it. */
function Gate() {
  const user = useSignal(auth)
  useAuthRetry(user.kind === 'unavailable' || user.kind === 'offline')
  switch (user.kind) {
    case 'unknown':
      return <PageWait />
    case 'unavailable':
      return <Unavailable error={user.error} />
    case 'out':
      return <SignIn methods={user.methods} />
    case 'expired':
    case 'offline':
    case 'in':
      return user.me.needs_mfa ? <NeedsMfa /> : <Pages />
  }
}

function Pages() {
  const [path] = useLocation()
  return (
    <>
      {/^\/settings(\/|$)/.test(path) ? <SettingsLayout /> : <Shell />}
      <Overlaid />
    </>
  )
}

/** The keyboard shortcuts, and the dialogs and menus over every page. */
function Overlaid() {
  useKeys()
  return (
    <Boundary key={useSignal(overlay)?.kind} fallback={null} onError={onChunkError}>
      <Overlays />
    </Boundary>
  )
}

function Shell() {
  const shown = useSignal(sidebarShown)
  const [path] = useLocation()
  const [, params] = useRoute('/c/:id')
  const exists = path === '/' || params !== null
  return (
    <div className="shell" data-sidebar={shown ? 'shown' : 'hidden'}>
      {exists && (
        <a className="skip" href="#composer">
          {app.skipToComposer}
        </a>
      )}
      {params !== null && (
        <a className="skip" href="#latest">
          {app.skipToLatest}
        </a>
      )}
      <Sidebar current={params?.id ?? null} />
      {exists ? <ChatPage sessionId={params?.id ?? null} /> : <NotFound />}
    </div>
  )
}
