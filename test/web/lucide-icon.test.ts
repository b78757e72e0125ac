/** The app's component of icons renders what that of lucide-react does. */
import { Plus } from 'lucide-react'
import { type ComponentType, createElement, type SVGProps } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import createIcon from '../../web/src/ui/lucide-icon.ts'

const parts = [
  ['path', { d: 'M5 12h14', key: '1ays0h' }],
  ['path', { d: 'M12 5v14', key: 's699le' }],
] as const

/** Attributes in the order of their names, because React writes them in the order of the props. */
const markup = (component: ComponentType<SVGProps<SVGSVGElement>>, props: SVGProps<SVGSVGElement>): string =>
  renderToStaticMarkup(createElement(component, props)).replace(
    /<svg ([^>]*)>/,
    (_, attributes: string) => `<svg ${(attributes.match(/[\w:-]+="[^"]*"/g) ?? []).sort().join(' ')}>`,
  )

it.each([{}, { fill: 'currentColor' }])('looks as lucide-react draws it, with %j', (props) => {
  const own = markup(createIcon({ node: parts }), { 'aria-hidden': true, ...props })
  expect(own).toContain('M12 5v14')
  const original = markup(Plus as ComponentType<SVGProps<SVGSVGElement>>, { 'aria-hidden': true, ...props })
  // No style names single icons.
  expect(own).toBe(original.replace('lucide lucide-plus', 'lucide'))
})
