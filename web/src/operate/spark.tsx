/** The last values as a line; for the eye only, the number stands beside it. */
export function Spark({ values }: { values: readonly number[] }) {
  if (values.length < 2) return null;
  const high = Math.max(...values, 1e-9);
  const d = values.map((v, i) => `${i === 0 ? 'M' : 'L'}${((i / (values.length - 1)) * 100).toFixed(1)},${(23 - (v / high) * 22).toFixed(1)}`).join('');
  return (
    <svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
      <path d={d} />
    </svg>
  );
}
