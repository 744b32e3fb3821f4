// pg publishes no types for the function that turns a JavaScript value into what the wire carries.
declare module 'pg/lib/utils.js' {
  const utils: { prepareValue: (value: unknown) => unknown }
  export default utils
}
