import { computed, signal } from '@preact/signals';
import type { Key } from '../i18n';

/** What the map's lines mean, told by whoever draws them. */
export interface LegendItem {
  text: Key;
  color: string;
  dashed?: boolean;
}

const parts = signal<Readonly<Record<string, readonly LegendItem[]>>>({});

export function setLegend(owner: string, items: readonly LegendItem[]): void {
  if (JSON.stringify(parts.peek()[owner] ?? []) !== JSON.stringify(items)) parts.value = { ...parts.peek(), [owner]: items };
}
export const legendItems = computed(() => Object.values(parts.value).flat());
