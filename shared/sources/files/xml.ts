// XML of a call, as mod_xml_cdr writes it, becomes a record.

import { SaxesParser } from 'saxes'

import type { SourceRecord } from '../record/reader.ts'
import { recordOfTree } from './json.ts'

interface Element {
  name: string
  text: string
  children: Element[]
}

/** The elements below the first as columns; undefined for text that is no XML. Entities of its own are not followed. */
export function recordsOfXml(text: string): SourceRecord[] | undefined {
  const root: Element = { name: '', text: '', children: [] }
  const open = [root]
  const parser = new SaxesParser()
  parser.on('opentag', ({ name }) => {
    const element = { name, text: '', children: [] }
    open.at(-1)?.children.push(element)
    open.push(element)
  })
  const write = (part: string): void => {
    const element = open.at(-1)
    if (element) element.text += part
  }
  parser.on('text', write)
  parser.on('cdata', write)
  parser.on('closetag', () => void open.pop())
  const errors: Error[] = []
  parser.on('error', (error) => errors.push(error))
  parser.write(text).close()
  const [first] = root.children
  const tree = errors.length === 0 && first ? treeOf(first) : undefined
  return typeof tree === 'object' ? [recordOfTree(tree)] : undefined
}

/** Of elements with the same name, as callflow, a list. */
function treeOf({ text, children }: Element): string | Record<string, unknown> {
  if (children.length === 0) return text.trim()
  const tree = new Map<string, unknown[]>()
  for (const child of children) tree.set(child.name, [...(tree.get(child.name) ?? []), treeOf(child)])
  return Object.fromEntries(
    [...tree].map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  )
}
