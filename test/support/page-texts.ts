// The texts of ours that pages say: what stands in templates, and what is handed to them in words.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import ts from 'typescript'

import { textsIn } from '../../shared/text/html.ts'

const rooms = ['shared/pages', 'shared/web']
// Properties and parameters that are shown as phrases.
const properties = new Set(['question', 'title', 'label', 'caption', 'none'])
const tables: Readonly<Record<string, readonly number[]>> = {
  table: [0, 3],
  plainTable: [0, 2],
  phrase: [0],
  lines: [0],
}

function* filesIn(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) yield* filesIn(join(folder, entry.name))
    else if (entry.name.endsWith('.ts')) yield join(folder, entry.name)
}

const literal = (node: ts.Node | undefined): string[] =>
  node === undefined
    ? []
    : ts.isStringLiteralLike(node)
      ? [node.text]
      : ts.isConditionalExpression(node)
        ? [...literal(node.whenTrue), ...literal(node.whenFalse)]
        : ts.isTemplateExpression(node)
          ? [node.head.text + node.templateSpans.map((span) => `{}${span.literal.text}`).join('')]
          : []

const rawIn = (node: ts.Node | undefined): string[] => {
  if (node === undefined) return []
  if (ts.isParenthesizedExpression(node)) return rawIn(node.expression)
  if (ts.isBinaryExpression(node)) return rawIn(node.right)
  if (ts.isConditionalExpression(node)) return [...rawIn(node.whenTrue), ...rawIn(node.whenFalse)]
  return ts.isStringLiteral(node) ? [node.text] : []
}

/** Texts that are put into a page as if they were somebody else's: nobody could translate them. */
function* rawTexts(node: ts.Node): Generator<string> {
  if (ts.isTaggedTemplateExpression(node) && ts.isTemplateExpression(node.template))
    for (const span of node.template.templateSpans)
      // Attributes are no texts.
      if (!/=["']$/.test(span.getFullText()) && !isInTag(node.template, span)) yield* rawIn(span.expression)
  if (ts.isPropertyAssignment(node) && node.name.getText() === 'cell' && ts.isArrowFunction(node.initializer))
    yield* rawIn(node.initializer.body)
  if (
    ts.isPropertyAssignment(node) &&
    node.name.getText() === 'text' &&
    ts.isObjectLiteralExpression(node.parent)
  )
    yield* rawIn(node.initializer)
  for (const child of node.getChildren()) yield* rawTexts(child)
}

/** Whether what is put in at this span stands inside a tag. */
function isInTag(template: ts.TemplateExpression, span: ts.TemplateSpan): boolean {
  let before = template.head.text
  for (const other of template.templateSpans) {
    if (other === span) break
    before += other.literal.text
  }
  return before.lastIndexOf('<') > before.lastIndexOf('>')
}

function* textsOf(node: ts.Node): Generator<string> {
  if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === 'html') {
    const { template } = node
    const strings = ts.isNoSubstitutionTemplateLiteral(template)
      ? [template.text]
      : [template.head.text, ...template.templateSpans.map((span) => span.literal.text)]
    yield* textsIn(strings)
  }
  if (ts.isPropertyAssignment(node) && properties.has(node.name.getText())) yield* literal(node.initializer)
  // Columns of tables: { name: 'began', cell: … }.
  if (
    ts.isPropertyAssignment(node) &&
    node.name.getText() === 'name' &&
    node.parent.properties.some((other) => other.name?.getText() === 'cell')
  )
    yield* literal(node.initializer)
  if (ts.isCallExpression(node))
    for (const at of tables[node.expression.getText()] ?? []) yield* literal(node.arguments[at])
  for (const child of node.getChildren()) yield* textsOf(child)
}

function collect(texts: (source: ts.SourceFile) => Iterable<string>): Map<string, string> {
  const found = new Map<string, string>()
  for (const room of rooms)
    for (const file of filesIn(room)) {
      const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
      for (const text of texts(source))
        if (/\p{L}{2}/u.test(text.replaceAll('{}', '')) && !found.has(text)) found.set(text, file)
    }
  return found
}

/** Each with the file it stands in first. */
export const pageTexts = (): Map<string, string> => collect(textsOf)
export const textsThatAreNoPhrases = (): Map<string, string> => collect(rawTexts)
