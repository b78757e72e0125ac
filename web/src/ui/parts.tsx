/** What the settings pages are made of. */
import type { ReactNode } from 'react'
import type { UserError } from '../state/user-error.ts'
import { useLate } from './use-late.ts'

interface PageProps {
  readonly title: string
  readonly lead: ReactNode
  /** At the right of the title: the page's main action. */
  readonly action?: ReactNode
  readonly children: ReactNode
}

export const Page = ({ title, lead, action, children }: PageProps) => (
  <main className="admin-page">
    <header>
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        <p className="admin-lead">{lead}</p>
      </div>
      {action}
    </header>
    {children}
  </main>
)

/** A page that has not come yet; nothing of it shows before waiting is worth a word. */
export function Skeleton() {
  const late = useLate(true)
  return (
    <main className="admin-page" aria-busy="true">
      {late && <p className="notice">Loading…</p>}
    </main>
  )
}

/** What an empty list says: what would be here, and how it comes here. */
export const Empty = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <div className="admin-empty">
    <h2>{title}</h2>
    <p>{children}</p>
  </div>
)

/** Trouble in place of what should be here, with what one can do about it. */
export const Failed = ({ trouble, again }: { readonly trouble: UserError; readonly again: () => void }) => (
  <div className="admin-empty" role="alert">
    <h2>{trouble.title}</h2>
    <p>{trouble.detail}</p>
    <button type="button" className="button" onClick={again}>
      Try again
    </button>
  </div>
)

/** Trouble with what was just tried. */
export const FailureNotice = ({ trouble }: { readonly trouble: UserError | null }) =>
  trouble && (
    <p className="notice error" role="alert">
      {trouble.title}. {trouble.detail}
    </p>
  )
