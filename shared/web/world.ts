// A map of the world whose countries are coloured by a figure. Shapes of Natural Earth (public domain) by world-atlas; regions that have
// no shape at this scale, mostly islands, are dots. Made without script, as a picture of its own.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import { geoCentroid, geoNaturalEarth1, geoPath } from 'd3-geo'
import type { Feature, Geometry } from 'geojson'
import { whereNumeric } from 'iso-3166-1'
import { feature } from 'topojson-client'
import type { GeometryCollection, Topology } from 'topojson-specification'

import { escaped } from '../text/html.ts'

const [width, height] = [900, 450]
const steps = 5

interface Place {
  /** ISO 3166-1, two letters; null where a shape has none. */
  country: string | null
  name: string
  /** A path, or where the dot is. */
  path?: string
  dot?: readonly [number, number]
}

type Shape = Feature<Geometry, { name?: string }>

const require = createRequire(import.meta.url)

function shapesOf(scale: '110m' | '50m'): Shape[] {
  const topology = JSON.parse(
    readFileSync(require.resolve(`world-atlas/countries-${scale}.json`), 'utf8'),
  ) as Topology<{ countries: GeometryCollection<{ name?: string }> }>
  return feature(topology, topology.objects.countries).features
}

const countryOf = ({ id }: Shape): string | null =>
  id === undefined ? null : (whereNumeric(String(id).padStart(3, '0'))?.alpha2 ?? null)

let made: readonly Place[] | undefined

/** Worked out when first asked for. */
function places(): readonly Place[] {
  if (made) return made
  const projection = geoNaturalEarth1().fitExtent(
    [
      [4, 4],
      [width - 4, height - 4],
    ],
    { type: 'Sphere' },
  )
  const path = geoPath(projection).digits(0)
  const shapes = shapesOf('110m')
  const drawn = new Set(shapes.map(countryOf))
  made = [
    ...shapes.map((shape) => ({
      ...{ country: countryOf(shape), name: shape.properties.name ?? '' },
      path: path(shape) ?? '',
    })),
    ...shapesOf('50m').flatMap((shape) => {
      const country = countryOf(shape)
      const dot = projection(geoCentroid(shape))
      return country === null || drawn.has(country) || !dot
        ? []
        : [{ country, name: shape.properties.name ?? '', dot }]
    }),
  ]
  return made
}

/** By the rank of its figure among those there are, so that one large country does not leave all others pale. */
function shades(values: ReadonlyMap<string, number>): Map<string, number> {
  const ranked = [...values].filter(([, value]) => value > 0).sort(([, one], [, other]) => one - other)
  return new Map(
    ranked.map(([country], at) => [country, Math.ceil(((at + 1) * steps) / Math.max(1, ranked.length))]),
  )
}

/** An SVG; `label` says of a country what its figure is. */
export function worldMap(values: ReadonlyMap<string, number>, label: (country: string) => string): string {
  const shadeOf = shades(values)
  const drawn = places().map(({ country, name, path, dot }) => {
    const shade = country === null ? undefined : shadeOf.get(country)
    const fill =
      shade === undefined
        ? 'fill="#8a949e" fill-opacity="0.18"'
        : `fill="#2f7bd6" fill-opacity="${(0.25 + (0.75 * shade) / steps).toFixed(2)}"`
    const title = `<title>${escaped(country !== null && shade !== undefined ? `${name}: ${label(country)}` : name)}</title>`
    if (path !== undefined) return `<path d="${path}" ${fill}>${title}</path>`
    const [x, y] = dot ?? [0, 0]
    return shade === undefined
      ? ''
      : `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3.5" ${fill}>${title}</circle>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" stroke="#8a949e" stroke-width="0.4">${drawn.join('')}</svg>`
}
