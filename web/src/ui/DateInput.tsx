interface Props {
  readonly id: string
  readonly 'aria-describedby'?: string
  /** `2026-11-30`; empty: no date. */
  readonly value: string
  readonly min?: string | undefined
  readonly max?: string | undefined
  readonly onChange: (value: string) => void
}

/** A native date input in the look of the app. Without a date its pattern looks like a placeholder. */
export const DateInput = ({ value, min, max, onChange, ...ids }: Props) => (
  <input
    {...ids}
    type="date"
    data-empty={value === ''}
    value={value}
    min={min || undefined}
    max={max || undefined}
    onChange={(event) => onChange(event.target.value)}
  />
)
