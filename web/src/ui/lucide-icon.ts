/**
 * The component of an icon, which the build puts in the place of that of lucide-react (see `vite.config.ts`). The original merges sizes,
 * colors and contexts at each render, which the app does not use. A page has some hundred icons.
 */
import { createElement, type ReactElement, type SVGProps } from 'react'

/** What the app uses of what lucide-react stores of an icon. The attributes of a part include its React key. */
interface IconData {
  readonly node: readonly (readonly [tag: string, attributes: Readonly<Record<string, string>>])[]
}

export default function createIcon({ node }: IconData): (props: SVGProps<SVGSVGElement>) => ReactElement {
  const parts = node.map(([tag, attributes]) => createElement(tag, attributes))
  const shape = {
    xmlns: 'http://www.w3.org/2000/svg',
    width: 24,
    height: 24,
    viewBox: '0 0 24 24',
    fill: 'none',
    stroke: 'currentColor',
    strokeWidth: 2,
    strokeLinecap: 'round',
    strokeLinejoin: 'round',
    className: 'lucide',
  } as const
  return (props) => createElement('svg', { ...shape, ...props }, parts)
}
