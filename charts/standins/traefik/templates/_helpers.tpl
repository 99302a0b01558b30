{{- define "traefik.match" -}}
app.kubernetes.io/name: traefik
app.kubernetes.io/instance: {{ .Release.Name }}-{{ .Release.Namespace }}
{{- end }}

{{- define "traefik.labels" -}}
{{- include "traefik.match" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: traefik-{{ .Chart.Version | replace "+" "_" }}
{{- end }}
