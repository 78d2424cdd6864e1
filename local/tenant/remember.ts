/** Keeps what was read from the store until anything is written to it. */

/** Answers kept at a time, so that requests for what does not exist cannot fill the memory. */
const most = 1000;

/** `read`, asked once for the same keys between two writes. Callers share what it returns and leave it as it is. */
export function remember<Keys extends readonly string[], Value>(
  store: { version(): number },
  read: (...keys: Keys) => Value,
): (...keys: Keys) => Value {
  const known = new Map<string, Value>();
  let version = store.version();
  return (...keys) => {
    if (version !== store.version() || known.size >= most) {
      known.clear();
      version = store.version();
    }
    const name = JSON.stringify(keys);
    if (known.has(name)) return known.get(name) as Value;
    const value = read(...keys);
    known.set(name, value);
    return value;
  };
}
