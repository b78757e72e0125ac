import './kit.css'
import type { ReactNode } from 'react'
import { ui } from '../strings/ui.ts'
import { useLate } from './use-late.ts'

interface PageProps {
  readonly title: string
  readonly lead: ReactNode
  /** The page's main action, beside the title. */
  readonly action?: ReactNode
  readonly children: ReactNode
}

/** A settings page: its title, what it is for, its main action and its content. */
export const Page = ({ title, lead, action, children }: PageProps) => (
  <main className="page">
    <header>
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        <p className="lead">{lead}</p>
      </div>
      {action}
    </header>
    {children}
  </main>
)

/** Replaces a page while its code is loading. It is blank at first, to avoid a flicker. */
export function PageSkeleton() {
  const late = useLate(true)
  return (
    <main className="page" aria-busy="true">
      {late && <p className="notice">{ui.loading}</p>}
    </main>
  )
}
