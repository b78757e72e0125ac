import { createElement, type HTMLAttributes, type Ref } from 'react'

interface ScrollBoxProps extends HTMLAttributes<HTMLElement> {
  readonly as: 'main' | 'pre' | 'section' | 'ul'
  readonly ref?: Ref<HTMLElement>
}

/** A box that scrolls. It takes the focus, because the keyboard must be able to scroll it (WCAG 2.1.1). */
export function ScrollBox({ as, ...props }: ScrollBoxProps) {
  return createElement(as, { tabIndex: 0, ...props })
}
