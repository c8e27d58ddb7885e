/** "1, 22 x" as ids, each once; what is no id is left out. */
export const idsOf = (text: string): string[] => [...new Set(text.split(/[,，\s]+/).filter((x) => /^\d{1,18}$/.test(x)))];
