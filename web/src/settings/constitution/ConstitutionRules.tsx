import { Fragment, type ReactNode } from 'react'
import type { Rule } from '../../../../shared/policy/constitution/constitution.ts'

/** Lists the articles: name, wording, and what each one denies. */
export const ConstitutionRules = ({ rules }: { readonly rules: readonly Rule[] }) => (
  <ol className="constitution-articles">
    {rules.map((rule) => (
      <li key={rule.article}>
        <code>{rule.article}</code>
        <div>
          <strong>{rule.says}</strong>
          <p>
            <RuleText rule={rule} />
          </p>
        </div>
      </li>
    ))}
  </ol>
)

function RuleText({ rule }: { readonly rule: Rule }) {
  switch (rule.kind) {
    case 'tools':
    case 'models':
      return rule.forbid ? (
        <>
          These {rule.kind} are denied: <Codes of={rule.forbid} />
        </>
      ) : rule.only?.length ? (
        <>
          All {rule.kind} are denied except <Codes of={rule.only} />
        </>
      ) : (
        <>All {rule.kind} are denied</>
      )
    case 'actions':
      return (
        <>
          Denied: <Codes of={rule.actions} />
          <Except {...rule.except} />
        </>
      )
    case 'texts':
      return (
        <>
          Denied in {placeList(rule.in)} where it matches <Codes of={rule.patterns} />
        </>
      )
    case 'sizes':
      return (
        <>
          Denied beyond {format.format(rule.max_characters)} characters in {placeList(rule.in)}
        </>
      )
  }
}

const format = new Intl.NumberFormat()

type Exception = NonNullable<Extract<Rule, { kind: 'actions' }>['except']>

function Except({ roles = [], scopes = [] }: Exception) {
  const exceptions: ReactNode[] = [...roles.map((role) => `the role ${role}`), ...scopes.map((scope) => `the scope ${scope}`)]
  return exceptions.length === 0 ? <>, to everyone</> : <>, except to {joinWithOr(exceptions)}</>
}

const placeLabels = { message: 'what users say', memory: 'what is remembered', tool: 'what tools are given' } as const
const placeList = (where: readonly (keyof typeof placeLabels)[]) => joinWithOr(where.map((place) => placeLabels[place]))

const Codes = ({ of }: { readonly of: readonly string[] }) => <>{joinWithOr(of.map((text) => <code key={text}>{text}</code>))}</>

/** Joins items as “a, b or c”. */
const joinWithOr = (items: readonly ReactNode[]): ReactNode =>
  items.map((item, index) => (
    <Fragment key={index}>
      {index === 0 ? '' : index === items.length - 1 ? ' or ' : ', '}
      {item}
    </Fragment>
  ))
