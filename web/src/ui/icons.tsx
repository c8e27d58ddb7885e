/** Drawn here: not every machine's fonts have these signs. */
const path = (d: string) => () => (
  <svg class="sign" viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
    <path d={d} fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" />
  </svg>
);

export const PinIcon = path('M10 18s5.5-5.6 5.5-10a5.5 5.5 0 0 0-11 0c0 4.4 5.5 10 5.5 10ZM10 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4');
export const SwapIcon = path('M6 3v13m0 0-3-3m3 3 3-3M14 17V4m0 0-3 3m3-3 3 3');
export const PlusIcon = path('M10 4v12M4 10h12');
export const MinusIcon = path('M4 10h12');
export const HomeIcon = path('M3 10 10 3.5 17 10M5 8.5V16.5h10V8.5');
export const BackIcon = path('M16 10H4m0 0 5-5m-5 5 5 5');
export const LeftIcon = path('M12 4l-6 6 6 6');
export const RightIcon = path('M8 4l6 6-6 6');
