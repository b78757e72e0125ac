import { type RefObject, useDeferredValue, useId, useMemo, useRef } from 'react'
import { personaLimits } from '../../../../shared/persona/persona-limits.ts'
import { dateIn, instructionValues, templateParts, unknownValue } from '../../../../shared/persona/template.ts'
import { useMe } from '../../state/me.ts'
import { formatNumber } from '../../strings/format.ts'
import { insert } from '../../strings/insert.ts'
import { settingsPersonas } from '../../strings/settings-personas.ts'
import { ScrollBox } from '../../ui/ScrollBox.tsx'

interface Props {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  /** The most UTF-16 units. */
  readonly units?: number
}

const values = Object.keys(instructionValues) as (keyof typeof instructionValues)[]

/** A template of instructions, with the values that they may contain, the first unknown one, and what the model receives. */
export function InstructionsField({ label, value, onChange, units = personaLimits.instructionUnits }: Props) {
  const texts = settingsPersonas.instructions
  const id = useId()
  const field = useRef<HTMLTextAreaElement>(null)
  const unknown = unknownValue(value)
  const insertValue = (name: string) => {
    const { selectionStart: start = value.length, selectionEnd: end = value.length } = field.current ?? {}
    const text = `{{${name}}}`
    onChange(value.slice(0, start) + text + value.slice(end))
    // After the new text is in the field.
    requestAnimationFrame(() => select(field, start + text.length, 0))
  }
  return (
    <div className="form-field persona-instructions" data-wide>
      <label htmlFor={id}>{label}</label>
      <textarea
        ref={field}
        id={id}
        rows={8}
        dir="auto"
        maxLength={units}
        value={value}
        aria-invalid={unknown !== undefined}
        aria-describedby={`${id}-hint ${id}-problem`}
        onChange={(event) => onChange(event.currentTarget.value)}
        data-testid="instructions"
      />
      <p className="hint" id={`${id}-hint`}>
        {texts.hint({ units: formatNumber(units) })}
      </p>
      <fieldset className="persona-values">
        <legend className="hint">{texts.valuesLabel}</legend>
        {values.map((name) => (
          <button key={name} type="button" className="button small" title={settingsPersonas.values[name]} onClick={() => insertValue(name)}>
            {`{{${name}}}`}
          </button>
        ))}
      </fieldset>
      <div id={`${id}-problem`} role="alert" data-testid="template-problem">
        {unknown && (
          <p className="persona-problem">
            {insert(texts.unknown({ line: formatNumber(unknown.line), column: formatNumber(unknown.column) }), {
              value: <code>{`{{${unknown.name}}}`}</code>,
            })}{' '}
            <button type="button" className="button small" onClick={() => select(field, unknown.index, unknown.length)}>
              {texts.showButton}
            </button>
          </p>
        )}
      </div>
      <Preview template={value} />
    </div>
  )
}

/** Selects `length` units of the field from `start`, and focuses it. */
function select({ current }: RefObject<HTMLTextAreaElement | null>, start: number, length: number): void {
  current?.focus()
  current?.setSelectionRange(start, start + length)
}

/** The instructions with the values of the signed-in user. */
function Preview({ template }: { readonly template: string }) {
  const texts = settingsPersonas.instructions
  const id = useId()
  const me = useMe()
  // Typing never waits for the preview.
  const shown = useDeferredValue(template)
  const parts = useMemo(() => {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
    return templateParts(shown, { ...dateIn(timeZone, Date.now()), 'user.name': me?.subject ?? '', workspace: me?.tenant ?? '' })
  }, [shown, me])
  return (
    <>
      <h3 id={id} className="persona-preview-title">
        {texts.previewTitle}
      </h3>
      <ScrollBox as="section" className="persona-preview" aria-labelledby={id} data-testid="instructions-preview">
        {parts.length === 0 ? (
          <p className="hint">{texts.previewEmpty}</p>
        ) : (
          <p dir="auto">
            {parts.map(({ kind, text }, index) => {
              const key = `${index}-${kind}`
              if (kind === 'text') return <span key={key}>{text}</span>
              return (
                <mark key={key} data-kind={kind}>
                  {text}
                </mark>
              )
            })}
          </p>
        )}
      </ScrollBox>
      <p className="hint">{texts.previewHint}</p>
    </>
  )
}
