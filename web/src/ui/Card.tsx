import './kit.css'
import { type ReactNode, useId } from 'react'

interface Props {
  readonly title: string
  readonly description?: ReactNode
  /** The card's main action, beside the title. */
  readonly action?: ReactNode
  readonly children: ReactNode
}

/** A framed section of a page, named by its title. */
export function Card({ title, description, action, children }: Props) {
  const id = useId()
  return (
    <section className="card" aria-labelledby={id}>
      <header>
        <div>
          <h2 id={id}>{title}</h2>
          {description && <p className="hint">{description}</p>}
        </div>
        {action}
      </header>
      {children}
    </section>
  )
}
