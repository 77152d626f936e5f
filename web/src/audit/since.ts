// The day, as the server reads it, that was so many days ago: there days are those of Greenwich.
export const since = (now: Date, days: number): string => new Date(now.getTime() - days * 86_400_000).toISOString().slice(0, 10);
