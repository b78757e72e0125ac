import './kit.css'
import type { ReactNode } from 'react'

interface Props {
  readonly title: string
  readonly children: ReactNode
  /** A link or button that fills the list. */
  readonly action?: ReactNode
}

/** Replaces an empty list: says what the list holds and how to fill it. */
export const Empty = ({ title, children, action }: Props) => (
  <div className="empty">
    <h2>{title}</h2>
    <p>{children}</p>
    {action}
  </div>
)
