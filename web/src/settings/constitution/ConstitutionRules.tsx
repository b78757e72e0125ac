import { Fragment, type ReactNode } from 'react'
import type { Rule } from '../../../../shared/policy/constitution/constitution.ts'
import { formatNumber, perLocale } from '../../strings/format.ts'
import { insert } from '../../strings/insert.ts'
import { settingsConstitution } from '../../strings/settings-constitution.ts'

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
  const texts = settingsConstitution.rules
  switch (rule.kind) {
    case 'tools':
    case 'models':
      if (rule.forbid) return insert(texts[`${rule.kind}Forbidden`], { names: codes(rule.forbid) })
      if (rule.only?.length) return insert(texts[`${rule.kind}Only`], { names: codes(rule.only) })
      return rule.kind === 'tools' ? texts.noTools : texts.noModels
    case 'actions': {
      const names = codes(rule.actions)
      const exceptions = exceptionTexts(rule.except)
      return exceptions.length === 0
        ? insert(texts.actionsForAll, { names })
        : insert(texts.actionsExcept, { names, exceptions: alternatives(exceptions) })
    }
    case 'texts':
      return insert(texts.texts, { places: placeList(rule.in), names: codes(rule.patterns) })
    case 'sizes':
      return insert(texts.sizes, { count: formatNumber(rule.max_characters), places: placeList(rule.in) })
  }
}

type Exceptions = Extract<Rule, { kind: 'actions' }>['except']

function exceptionTexts({ roles = [], scopes = [] }: NonNullable<Exceptions> = {}): readonly string[] {
  const texts = settingsConstitution.rules
  return [...roles.map((role) => texts.exceptRole({ role })), ...scopes.map((scope) => texts.exceptScope({ scope }))]
}

type Place = Extract<Rule, { kind: 'texts' }>['in'][number]
const placeList = (places: readonly Place[]) => alternatives(places.map((place) => settingsConstitution.places[place]))

const codes = (names: readonly string[]) => alternatives(names.map((name) => <code key={name}>{name}</code>))

const listFormat = perLocale((locale) => new Intl.ListFormat(locale, { type: 'disjunction' }))

/** Joins items as “a, b, or c”, in the language of the page. */
function alternatives(items: readonly ReactNode[]): ReactNode {
  // The formatter orders indices, because it takes only texts.
  return listFormat()
    .formatToParts(items.map((_, index) => String(index)))
    .map(({ type, value }, index) => <Fragment key={index}>{type === 'element' ? items[Number(value)] : value}</Fragment>)
}
