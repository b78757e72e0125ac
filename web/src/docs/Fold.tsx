import { type ReactNode, useState } from 'react'

interface Props {
  readonly label: ReactNode
  readonly children: ReactNode
}

/** A folded part of the reference. Its content is mounted when it is first opened, because all parts have tens of thousands of elements. */
export function Fold({ label, children }: Props) {
  const [wasOpened, setWasOpened] = useState(false)
  return (
    <details className="fold" onToggle={({ currentTarget }) => currentTarget.open && setWasOpened(true)}>
      <summary>{label}</summary>
      {wasOpened && children}
    </details>
  )
}
