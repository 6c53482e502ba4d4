// What was used last, first: a short list of names, kept in this browser or in this tab.
export function latelyIn(storage, key, most) {
  const all = () => {
    try {
      return JSON.parse(storage.getItem(key)) ?? [];
    } catch {
      return [];
    }
  };
  const use = (name) => storage.setItem(key, JSON.stringify([name, ...all().filter((each) => each !== name)].slice(0, most)));
  return { all, use };
}
