/**
 * Which parts of a message state something. Pure. Questions, instructions, reactions, code and quotations are none: an instruction that was
 * remembered would act in later conversations.
 */

/** A part of a text, with its place in UTF-16 units. */
export interface Span {
  readonly text: string
  readonly start: number
}

const sentenceSegmenter = new Intl.Segmenter('en', { granularity: 'sentence' })

/** Words before what a sentence says. */
const opening =
  /^(?:(?:hi|hello|hey|ok|okay|well|so|and|but|also|oh|yes|no|sure|btw|by the way|thanks|thank you|never mind(?:\s+\w+){0,3}|great|good|nice|cool|perfect|please|now|then|hallo|danke|gut|ja|nein|und|aber|also|bitte)(?:[,!.:\s]+|$))+/i
const question =
  /^(?:who|what|when|where|why|how|which|whose|can|could|would|will|should|shall|do|does|did|is|are|was|were|am|have|has|may|wer|was|wann|wo|warum|wie|welche[rs]?|kannst|könntest|würdest|gibt|ist|sind|hast|darf)\s+(?:you|i|we|they|he|she|it|there|the|a|an|this|that|these|those|my|your|our|is|are|do|does|did|can|could|would|should|much|many|long|old|far|often|to|du|ich|wir|sie|er|es|ihr|der|die|das|mein\w*|dein\w*)\b/i
const imperative =
  /^(?:write|make|give|tell|show|explain|translate|summari[sz]e|list|create|generate|fix|help|find|search|compare|describe|draft|rewrite|rephrase|improve|shorten|convert|calculate|compute|answer|reply|respond|ignore|forget|act|pretend|imagine|suppose|assume|use|do|don't|do not|never|always|let|let's|try|add|remove|change|check|review|continue|stop|repeat|say|call the|run|send|read|look|open|put|keep|be|remember|note|set|turn|start|schedule|book|order|test|debug|refactor|implement|sort|count|rank|format|rename|move|delete|update|avoid|include|return|output|print|provide|suggest|recommend|plan|schreib\w*|gib|zeig\w*|erklär\w*|übersetz\w*|fass|mach|hilf|nenn\w*|antworte|ignoriere|vergiss|immer|nie)\b/i
/** Orders within a sentence. */
const order =
  /\b(?:from now on|you (?:must|should|shall|need to|have to|will|are now)|ignore (?:all|any|previous|earlier)|system prompt|ab jetzt|du (?:musst|sollst))\b/i
const reaction =
  /^(?:that|this|it|das)(?:'s|’s)?\s+(?:\w+\s+)?(?:works?|worked|looks?|sounds?|helps?|helped|makes sense|great|fine|ok|okay|good|perfect|right|wrong|correct|is (?:great|fine|ok|good|perfect|right|wrong|correct|it|all)|klappt|passt|stimmt)\b/i
/** A request to keep what follows. */
const request =
  /^(?:please\s+)?(?:remember|note|merk dir)(?:\s+that|,?\s+dass|:)?\s+(?=(?:my|i|i'm|i’m|we|our|mein\w*|ich|wir|unser\w*)\b)/i
/** What the text supposes, or what another speaker says. */
const supposed = /^(?:if|imagine|suppose|assume|let's say|for example|e\.g\.|wenn|angenommen|zum beispiel)\b/i

/** The statements of `text`, in order, each as a span of it. */
export function statementsOf(text: string): Span[] {
  return sentencesOf(text).filter(({ text: sentence }) => isStatement(sentence))
}

/** The sentences of `text` outside of code and quoted lines. A line ends a sentence. */
export function sentencesOf(text: string): Span[] {
  const spans: Span[] = []
  // Blanks in their place keep the offsets.
  const own = text.replace(/```[\s\S]*?(?:```|$)/g, blank).replace(/^[ \t]*>.*$/gm, blank)
  let lineStart = 0
  for (const line of own.split('\n')) {
    for (const { segment, index } of sentenceSegmenter.segment(line)) {
      const sentence = segment.trim()
      if (sentence !== '') spans.push({ text: sentence, start: lineStart + index + segment.indexOf(sentence) })
    }
    lineStart += line.length + 1
  }
  return spans
}

const blank = (part: string): string => part.replace(/[^\n]/g, ' ')

/** Whether a sentence states something. */
export function isStatement(sentence: string): boolean {
  if (/[?？]["”’)\s]*$/.test(sentence)) return false
  const told = sentence.replace(request, '')
  const said = told.replace(opening, '').trim()
  if (said === '' || order.test(said) || supposed.test(said)) return false
  if (told !== sentence) return true
  return !question.test(said) && !imperative.test(said) && !reaction.test(said)
}
