import type { ComponentPropsWithRef, ElementType } from 'react'

/** A box that scrolls. It takes the focus, because the keyboard must be able to scroll it (WCAG 2.1.1). */
export function ScrollBox<Tag extends 'main' | 'pre' | 'section'>({ as, ...props }: { readonly as: Tag } & ComponentPropsWithRef<Tag>) {
  const Box: ElementType = as
  return <Box tabIndex={0} {...props} />
}
