/** Names of a study's Glue databases and of the tables in them that no contract declares. */

export type Zone = 'bronze' | 'stage' | 'silver' | 'gold' | 'marts' | 'quarantine';

export const zones: readonly Zone[] = ['bronze', 'stage', 'silver', 'gold', 'marts', 'quarantine'];

export const databaseOf = (study: string, zone: Zone): string => `${study}_${zone}`;
