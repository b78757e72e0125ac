import { Logo } from './Logo.tsx'

/** What is painted before the app knows who is signed in. The build also puts it into index.html, where it needs no script. */
export const PageWait = () => (
  <div className="page-wait" aria-busy="true">
    <Logo />
  </div>
)
