import './kit.css'
import type { ReactNode } from 'react'

interface Props {
  readonly title: string
  readonly children: ReactNode
}

/** Replaces an empty list: says what the list holds and how to fill it. */
export const Empty = ({ title, children }: Props) => (
  <div className="empty">
    <h2>{title}</h2>
    <p>{children}</p>
  </div>
)
