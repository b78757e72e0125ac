/** The check finds every kind of literal that users see, and nothing else. */
import { describe, expect, it } from 'vitest'
import { literalViolations } from '../../scripts/check/literals.ts'

const found = (source: string, file = 'web/src/chat/Planted.tsx') =>
  literalViolations(file, source).map((text) => /“(.*)”/.exec(text)?.[1] ?? text)

describe('The check of literals', () => {
  it.each([
    ['a text between tags', `const a = () => <p>Send it</p>`, ['Send it']],
    ['one word between tags', `const a = () => <b>now</b>`, ['now']],
    ['a text in braces', `const a = () => <p>{'now'}</p>`, ['now']],
    ['both ends of a condition', `const a = (open: boolean) => <p>{open ? 'hide' : 'show'}</p>`, ['hide', 'show']],
    ['a text after a condition', `const a = (open: boolean) => <p>{open && 'hide'}</p>`, ['hide']],
    ['the words of a template', `const a = (n: number) => <p>{\`\${n} of many\`}</p>`, ['of many']],
    ['a text of a list', `const a = (all: string[]) => <p>{all.map(() => 'one')}</p>`, ['one']],
    ['a text between the parts of a list', `const a = (all: string[]) => <p>{all.join(' and ')}</p>`, ['and']],
    ['a label', `const a = () => <button aria-label="close" />`, ['close']],
    ['a label in braces', `const a = (on: boolean) => <button title={on ? 'close' : undefined} />`, ['close']],
    ['a placeholder', `const a = () => <input placeholder="search" />`, ['search']],
    ['the text of an image', `const a = () => <img alt="diagram" />`, ['diagram']],
    ['a label of our own', `const a = () => <Part confirmLabel="sure" leadText="why" />`, ['sure', 'why']],
    ['a message at the foot', `showToast('gone', 'error', { detail: 'why' })`, ['gone', 'why']],
    ['an announcement', `announce(\`copied \${1}\`)`, ['copied']],
    ['a question of the browser', `window.confirm('sure')`, ['sure']],
    ['what failed', `withErrorToast('not sent', async () => undefined)`, ['not sent']],
    ['the label of a table', `const rows = [{ label: 'budget', Icon }]`, ['budget']],
    ['a default label', `const a = ({ label = 'more' }) => label`, ['more']],
    ['a title of the page', `document.title = 'chat'`, ['chat']],
    ['a constant', `const sentences = { waiting: 'Waiting for the model.' }`, ['Waiting for the model.']],
    ['one word of a function', `const a = (on: boolean) => (on ? 'Stop' : 'Go')`, ['Stop', 'Go']],
    ['a part of a sentence', `const a = (n: number) => \`\${n} tokens\``, ['tokens']],
    ['a label in HTML', `const a = (n: number) => \`<a class="x" aria-label="note \${n}">\``, ['note']],
    ['a text in HTML', 'const a = () => `<b class="x">More lines</b>`', ['More lines']],
    ['a returned word of a component', `function Part() { return 'late' }`, ['late']],
  ])('finds %s', (_, source, texts) => {
    expect(found(source)).toEqual(texts)
  })

  it.each([
    ['classes', `const a = (on: boolean) => <p className={on ? 'button small' : \`card \${on}\`} />`],
    ['a type', `type A = 'Two words' | { readonly title: 'More words' }`],
    ['an import', `import { a } from './Two words.ts'`],
    ['a key', `if (event.key === 'Enter') send()`],
    ['a case', `switch (key) { case 'Escape': close() }`],
    ['an error for developers', `throw new Error('No such thing here.')`],
    ['the console', `console.error('It broke here', error)`],
    ['a selector', `document.querySelector('main section')`],
    ['a state', `const state = { kind: 'paused', tone: 'error' }`],
    ['HTML without words', `const a = (n: number) => \`<p class="a b" dir="auto">\${n}</p>\``],
    ['the name of a string', `const spans = [{ label: 'lastHour', ms: 1 }]`],
    ['signs and numbers', `const a = () => <p> · {'→'} 12 </p>`],
    ['the name of the product', `const a = () => <b>Soma</b>`],
    ['an address', `const a = () => <a href="/settings/Two">{name}</a>`],
  ])('allows %s', (_, source) => {
    expect(found(source)).toEqual([])
  })

  it('names the file and the line', () => {
    expect(literalViolations('web/src/chat/Planted.tsx', `\n\nconst a = () => <p>Send it</p>`)[0]).toMatch(
      /^web\/src\/chat\/Planted\.tsx:3 /,
    )
  })

  it('finds a module that keeps a string', () => {
    const area = `import { chat } from '../strings/chat.ts'\n`
    expect(found(`${area}const texts = { a: chat.send }`)).toHaveLength(1)
    expect(found(`${area}const texts = () => ({ a: chat.send })\nfunction f() { return chat.copy.done }`)).toEqual([])
    expect(found(`${area}class A { get a() { return chat.send } }`)).toEqual([])
  })

  it('finds a memoised component that would keep the old language', () => {
    const memoised = `import { memo } from 'react'\nimport { chat } from '../strings/chat.ts'\n`
    expect(found(`${memoised}const A = memo(() => <p>{chat.send}</p>)`)).toHaveLength(1)
    expect(found(`${memoised}const A = memo(() => { useLanguage(); return <p>{chat.send}</p> })`)).toEqual([])
  })
})
