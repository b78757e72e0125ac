import { Settings } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { go } from '../../navigation/go.ts'
import { answerers } from '../../state/answerers.ts'
import { choose, useChoice } from '../../state/choice.ts'
import type { Overlay } from '../../state/overlay.ts'
import { useSignal } from '../../state/signal.ts'
import { chat } from '../../strings/chat.ts'
import { Menu } from '../../ui/Menu.tsx'

type Props = Omit<Extract<Overlay, { kind: 'choice-menu' }>, 'kind'>

interface Option {
  /** Empty: no choice. */
  readonly value: string
  readonly name: string
  readonly detail?: string
}

/** Chooses the persona or the model of the next messages. */
export default function ChoiceMenu({ of, draftKey, sessionPersona, shared, anchor }: Props) {
  const known = useSignal(answerers)
  const choice = useChoice(draftKey)
  const texts = chat.choice
  const personas = (): readonly Option[] => [
    // A session keeps its persona: a message may name another, but not none.
    ...(sessionPersona === null ? [{ value: '', name: texts.noPersona }] : []),
    ...(known?.personas ?? [])
      .filter(({ visibility }) => !shared || visibility === 'workspace')
      .map(({ id, name, description }) => ({ value: id, name, detail: description })),
  ]
  const models = (): readonly Option[] => [
    { value: '', name: texts.automatic, detail: texts.automaticHint },
    ...(known?.profiles ?? []).map((name) => ({ value: name, name })),
  ]
  const isPersona = of === 'persona'
  const own = isPersona ? (sessionPersona ?? '') : ''
  const value = (isPersona ? choice.persona_id : choice.model) ?? own
  const change = (next: string) => choose(draftKey, { [isPersona ? 'persona_id' : 'model']: next === own ? undefined : next })
  return (
    <Menu label={isPersona ? texts.personaMenu : texts.modelMenu} anchor={anchor} testId={`${of}-menu`}>
      <DropdownMenu.RadioGroup value={value} onValueChange={change}>
        {(isPersona ? personas() : models()).map(({ value, name, detail }) => (
          <DropdownMenu.RadioItem key={value} value={value} textValue={name}>
            <span className="choice-text" dir="auto">
              {name}
              {detail && <small>{detail}</small>}
            </span>
          </DropdownMenu.RadioItem>
        ))}
      </DropdownMenu.RadioGroup>
      <DropdownMenu.Separator />
      <DropdownMenu.Item onSelect={() => go(isPersona ? '/settings/personas' : '/settings/models')}>
        <Settings aria-hidden /> {isPersona ? texts.personaSettings : texts.modelSettings}
      </DropdownMenu.Item>
    </Menu>
  )
}
