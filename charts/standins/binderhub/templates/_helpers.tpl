{{- define "binderhub.labels" -}}
app: binderhub
chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
heritage: {{ .Release.Service }}
release: {{ .Release.Name }}
{{- end }}

{{- define "binderhub.podLabels" -}}
app: binder
heritage: {{ .Release.Service }}
release: {{ .Release.Name }}
{{- end }}

{{- define "binderhub.userTolerations" -}}
{{- range list "hub.jupyter.org/dedicated" "hub.jupyter.org_dedicated" }}
- { key: {{ . }}, operator: Equal, value: user, effect: NoSchedule }
{{- end }}
{{- end }}
