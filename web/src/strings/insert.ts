/** Sentences with a link or a mark inside. */
import { createElement, Fragment, type ReactNode } from 'react'

/** Replaces each `{name}` of `text` by an element. A name without an element stays as it is. */
export const insert = (text: string, elements: Readonly<Record<string, ReactNode>>): ReactNode =>
  createElement(
    Fragment,
    null,
    ...text.split(/(\{\w+\})/).map((part) => {
      const name = part.slice(1, -1)
      return part.startsWith('{') && Object.hasOwn(elements, name) ? elements[name] : part
    }),
  )
